"""What travels over HTTP: the bodies that come in and the records that go out."""
