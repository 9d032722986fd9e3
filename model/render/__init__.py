"""Render: the score as sound: stems, mix under the picture, preview film."""
