"""Files of complaints over HTTP: the body of the request is the file."""
