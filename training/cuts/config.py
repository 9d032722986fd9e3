"""The recipe of the second stage of the cut detector."""

CHOOSE = range(52, 60)  # seeds of the films that thresholds are chosen on
TRAIN = [*range(52), *range(60, 81)]  # seeds of the films to train on
FILM_FRAMES = 800
CROP_FRAMES = 192
BATCH = 24  # crops
STEPS = 2200  # of the optimiser: each frame of the films is seen some 170 times
HEADS = 3  # trained from different seeds; their mean is the answer
UNCLEAR = 2.0  # grey levels: a "cut" that changes less than this cannot be seen by anybody
LEARNING_RATE = 3e-3  # where the optimiser starts
PEAK_LEARNING_RATE = 4e-3  # of the one-cycle schedule
