"""The recipe of the sound net."""

SEED = 7  # of the net's first weights and of the crops
PLAIN_MIXES = 32  # of the TRAIN pool as it is
DISGUISED_MIXES = 20  # of the TRAIN pool with its few ambiences made many
TRAIN_MIX_S = 480
TUNE_MIXES = 4  # of the TUNE pool
TUNE_MIX_S = 600
CROP_CELLS = 1200  # 12 s
BATCH = 16  # crops
STEPS = 800  # on plain mixes
LEARNING_RATE = 3e-3  # on plain mixes
MORE_STEPS = 350  # then on all, those with disguised beds twice as often
MORE_LEARNING_RATE = 1.5e-3  # on all
WEIGHT_DECAY = 1e-2  # of AdamW
IMPACT_WEIGHT = 6.0  # added to the weight of a cell in which an effect strikes: such cells are rare
UNCLEAR_CELLS = 8
