"""Takes recordings of keypoints, gives a pupil's own model: data, features, training, evaluation, recognition."""
