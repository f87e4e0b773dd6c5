namespace Collimate.Data.Scenes;

/// <summary>
/// Our choice of emoji, as code points: one-word singular names, pictures that stay apart at 28 pixels (no two composites of 20 x 20 pixels nearer than
/// 0.105 root-mean-square), at least seven to a category. Names come from CLDR, categories from the groups of <c>emoji-test.txt</c>.
/// </summary>
internal static class SceneSelection
{
    /// <summary>The category that each group of <c>emoji-test.txt</c> stands for.</summary>
    internal static IReadOnlyDictionary<string, string> CategoryOfSubgroup { get; } = new Dictionary<string, string>
    {
        ["animal-mammal"] = "mammal",
        ["animal-bird"] = "bird",
        ["animal-marine"] = "sealife",
        ["food-marine"] = "sealife",
        ["plant-flower"] = "plant",
        ["plant-other"] = "plant",
        ["food-fruit"] = "fruit",
        ["food-vegetable"] = "vegetable",
        ["food-prepared"] = "food",
        ["food-asian"] = "food",
        ["food-sweet"] = "food",
        ["transport-ground"] = "vehicle",
        ["transport-water"] = "vehicle",
        ["transport-air"] = "vehicle",
        ["place-building"] = "building",
        ["place-religious"] = "building",
        ["clothing"] = "clothing",
        ["musical-instrument"] = "instrument",
        ["sound"] = "instrument",
        ["tool"] = "tool",
        ["science"] = "tool",
        ["medical"] = "tool",
        ["writing"] = "tool",
    };

    /// <summary>The chosen emoji; the order fixes the objects' numbers.</summary>
    internal static ReadOnlySpan<int> CodePoints =>
    [
        // mammal
        0x1F435, 0x1F98D, 0x1F436, 0x1F98A, 0x1F99D, 0x1F431, 0x1F981, 0x1F42F, 0x1F434, 0x1F993, 0x1F98C, 0x1F42E,
        0x1F437, 0x1F42A, 0x1F992, 0x1F418, 0x1F42D, 0x1F430, 0x1F994, 0x1F987, 0x1F428, 0x1F43C, 0x1F998, 0x1F43B,
        // bird
        0x1F983, 0x1F414, 0x1F413, 0x1F427, 0x1F54A, 0x1F985, 0x1F986, 0x1F9A2, 0x1F989, 0x1F9A9, 0x1F99A, 0x1F99C,
        0x1F9A4, 0x1FABF,
        // sealife
        0x1F41F, 0x1F421, 0x1F988, 0x1F419, 0x1FAB8, 0x1F980, 0x1F99E, 0x1F990, 0x1F991, 0x1F9AA, 0x1FABC,
        // plant
        0x1F490, 0x1FAB7, 0x1F339, 0x1F33A, 0x1F33B, 0x1F33C, 0x1F337, 0x1FABB, 0x1F331, 0x1F335, 0x2618, 0x1F344,
        // fruit
        0x1F348, 0x1F349, 0x1F34A, 0x1F34B, 0x1F34C, 0x1F34D, 0x1F96D, 0x1F350, 0x1F351, 0x1F353, 0x1F345, 0x1FAD2,
        0x1F965,
        // vegetable
        0x1F951, 0x1F346, 0x1F954, 0x1F955, 0x1F952, 0x1F966, 0x1F9C4, 0x1F9C5, 0x1F330,
        // food
        0x1F35E, 0x1F950, 0x1F968, 0x1F96F, 0x1F9C7, 0x1F953, 0x1F354, 0x1F355, 0x1F96A, 0x1F32E, 0x1F95A, 0x1F37F,
        0x1F9C8, 0x1F35D, 0x1F363, 0x1F369, 0x1F36A, 0x1F9C1, 0x1F967, 0x1F36C, 0x1F36D, 0x1F36E,
        // vehicle
        0x1F682, 0x1F686, 0x1F68A, 0x1F687, 0x1F68C, 0x1F690, 0x1F691, 0x1F695, 0x1F697, 0x1F69C, 0x1F3CD, 0x1F6B2,
        0x1F6F9, 0x26F5, 0x1F6F6, 0x1F6A4, 0x26F4, 0x1F6A2, 0x2708, 0x1F681, 0x1F680,
        // building
        0x1F6D6, 0x1F3E0, 0x1F3E5, 0x1F3E6, 0x1F3E8, 0x1F3EB, 0x1F3ED, 0x1F3F0, 0x26EA, 0x1F54C, 0x1F54D, 0x1F3DF,
        // clothing
        0x1F454, 0x1F9E3, 0x1F9E5, 0x1F457, 0x1F458, 0x1F97B, 0x1F459, 0x1F45B, 0x1F45C, 0x1F392, 0x1F451, 0x1F48D,
        // instrument
        0x1F3B7, 0x1FA97, 0x1F3B8, 0x1F3BA, 0x1F3BB, 0x1FA95, 0x1F941, 0x1FA88, 0x1F514,
        // tool
        0x1F528, 0x1FA93, 0x1F527, 0x1FA9B, 0x2699, 0x1F5DC, 0x1FA9D, 0x1F9F0, 0x1F9F2, 0x1FA9C, 0x1F52C, 0x1F52D,
        0x1F489, 0x270F, 0x1F58C, 0x1F58D,
    ];
}
