"""Builds model/runtime/assets from public packages."""
