"""One HTML file in which a network's size, width, batch and bits are changed, and every count follows, exactly."""
