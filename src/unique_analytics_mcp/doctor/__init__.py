"""`doctor`: is everything in place, and what to do about what is not.

`gathering` finds out (network and disk), `checks` decides (pure), `telling` words it for people and programs. A
platform is only read, and no order is placed; disk, bucket and Redis are tried with a little that is removed again.
Layer: top.
"""
