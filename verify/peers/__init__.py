"""Runs the counters that ``calc.conventions`` emulates, each in a process of its own.

They replace functions of torch globally, so they would disturb one another in one process. The extra ``peers``
installs them.
"""

from verify.peers.process import PEERS, PeerJob, PeerOutcome, installed, run_peer

__all__ = ["PEERS", "PeerJob", "PeerOutcome", "installed", "run_peer"]
