"""The counters that `calc.conventions` emulates, run themselves: each in a process of its own.

They patch torch globally and would disturb one another. Install them with the extra ``peers``.
"""

from verify.peers.process import PEERS, PeerJob, PeerOutcome, installed, run_peer

__all__ = ["PEERS", "PeerJob", "PeerOutcome", "installed", "run_peer"]
