"""Runs the counters that ``calc.conventions`` emulates, each in a process of its own.

They replace functions of torch globally, and would disturb one another in one process. Install them with the extra
``peers``.
"""

from verify.peers.process import PEERS, PeerJob, PeerOutcome, installed, run_peer

__all__ = ["PEERS", "PeerJob", "PeerOutcome", "installed", "run_peer"]
