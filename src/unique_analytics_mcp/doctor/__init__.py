"""`doctor`: is everything in place, and what to do about what is not.

`gathering` finds out (network and disk), `checks` decides (pure), `telling` words it for people and programs. Only
reading calls are made, and no order is placed. Layer: top.
"""
