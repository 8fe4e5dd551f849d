"""Machine tokens over HTTP."""
