"""People against people: how alike they score the images, and how many more it takes."""
