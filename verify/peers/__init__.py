"""The counters that `calc.conventions` emulates, run themselves: each in a process of its own.

They patch torch globally and would disturb one another. Install them with the extra ``peers``.
"""

from verify.peers.process import PEERS, Job, Outcome, installed, run

__all__ = ["PEERS", "Job", "Outcome", "installed", "run"]
