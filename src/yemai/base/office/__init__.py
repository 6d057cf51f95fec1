"""The frame of the back office: registers of rows, the verbs on them, and how a refusal comes back to its form."""
