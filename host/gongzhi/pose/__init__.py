"""Takes pictures, gives the 33 landmarks of the person in front: BlazePose on a TFLite interpreter."""
