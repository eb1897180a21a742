"""The colours of figures, the page and notebooks. Okabe and Ito chose them for people with any colour vision."""

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"
PINK, YELLOW, AMBER, SKY = "#CC79A7", "#F0E442", "#E69F00", "#56B4E9"
OF_BITS = {1: PINK, 2: ORANGE, 3: YELLOW, 4: AMBER, 8: GREEN, 16: SKY, 32: BLUE}
"""The colour for each width of weights. Other widths are grey, or a colour that is free in a figure with few widths."""
