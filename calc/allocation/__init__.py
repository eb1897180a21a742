"""The best bits within a budget, and the whole Pareto front of sensitivity and cost; both exact."""
