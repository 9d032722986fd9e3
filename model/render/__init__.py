"""Render: stems, mixes, clicks and the preview film."""
