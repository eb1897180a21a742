"""``calc serve``: the page with an editor beside it, served to a browser on the same machine only."""
