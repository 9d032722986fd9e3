"""Observe: what is on the screen and in the ears, one file each, each a plug-in.

``model.observe.run.observe(reel)`` hands on :class:`model.observe.observations.Observations`;
``model.observe.sandbox.observe_in_sandbox`` does the same in a child process without network, which is how every film
that a person brings is watched.
"""
