"""One HTML file in which a reader changes the sizes, width, batch and bits of a network and sees exact counts."""
