"""四级节奏: 日晨会, 周议事, 月小结, over the cases and tasks of a piece of ground; 季考核 is in the room of assessment."""
