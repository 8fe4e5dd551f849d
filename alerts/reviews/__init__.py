"""研判: what people make of an alert; without a review it is a lead (线索) and no more."""
