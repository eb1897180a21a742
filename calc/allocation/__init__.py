"""Chooses the best bits within budgets, and computes the Pareto front of sensitivity and cost. Both are exact."""
