"""Assessment (考核评星): what happened becomes indicators, scores, stars and allowances that people accept."""
