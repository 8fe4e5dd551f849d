"""Units that tickets are given to (承办单位), and the routes to them."""
