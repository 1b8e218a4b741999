"""What Unique's two pretend platforms, the public and the older API, have in common: reports, orders, refusals."""
