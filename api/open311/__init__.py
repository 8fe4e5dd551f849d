"""Open311 GeoReport v2: complaints as other cities' clients send and read them."""
