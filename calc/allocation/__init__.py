"""The best bits for a budget, and the whole front of sensitivity against cost; both exact."""
