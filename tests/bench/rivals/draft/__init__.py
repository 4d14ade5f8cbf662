"""The draft: the same works as a good engineer writes them first, with the frameworks' own means and nothing clever."""
