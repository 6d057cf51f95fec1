"""The cockpit (驾驶舱): how it stands on a piece of ground or with a unit, every figure a way to its rows."""
