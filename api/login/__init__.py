"""How people come in: by password, or by an OpenID Connect identity provider."""
