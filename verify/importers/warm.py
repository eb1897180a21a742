"""Runs torch.export once when it is imported, before processes are forked, so that each process starts with it loaded.

The first run loads hundreds of modules and fills caches of shapes, which takes a second of CPU time.
"""

import torch
from torch import nn

from verify.importers.load import Loaded
from verify.importers.trace import traced

with torch.device("meta"):
    traced(Loaded("warm", nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()), {"input": (3, 8, 8)}, {}))
