"""A stand-in for the Anthropic Messages API: a real HTTP server with the real event stream."""

from tests.standin.server import Standin, running_standin

__all__ = ["Standin", "running_standin"]
