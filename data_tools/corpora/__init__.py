"""Public sound and scores to train and measure with: packages, pools, labelled mixes, short scores."""
