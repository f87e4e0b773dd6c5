namespace Collimate.Data.Scenes;

/// <summary>Which part of the world a scene belongs to; what is held out of one part is what another tests.</summary>
public enum SceneSplit
{
    /// <summary>All objects, but no held-out pair: for the encoder's and the decoder's own pretraining.</summary>
    Pretrain,

    /// <summary>No unseen object and no held-out pair: for alignment and instruction.</summary>
    Train,

    /// <summary>As <see cref="Train"/>, but other scenes: for every choice that is made by looking at results.</summary>
    Validation,

    /// <summary>Each scene holds a held-out pair of objects, both known from training; no unseen object.</summary>
    TestCompositions,

    /// <summary>Each scene holds an object that training never showed or named; no held-out pair.</summary>
    TestUnseen,
}
