"""Taking away what the API server filled in: the values of its defaulting functions that no person sent.

``table`` has them: each lets a server that is given the object without it store it with it.
"""

from snapinspect.clean.minimal.walk import minimize

__all__ = ["minimize"]
