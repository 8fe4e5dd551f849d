"""The towns' index (评价指数): a tree of indicators with weights, scores and grades."""
