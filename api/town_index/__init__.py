"""The towns' index over HTTP."""
