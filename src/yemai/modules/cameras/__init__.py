"""公共摄像头: a register of assets - where one hangs, whose it is, whom to ask; no picture is ever taken in."""
