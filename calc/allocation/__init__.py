"""The best bits within budgets, and the whole Pareto front of sensitivity and cost. Both are exact."""
