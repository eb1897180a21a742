"""``calc serve``: the page with an editor beside it, served to the browser of this machine alone."""
