"""What a text is about: a classifier of short Chinese messages, its trained models and their cards."""
