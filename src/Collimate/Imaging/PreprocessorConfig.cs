using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Torch.Serialization;

namespace Collimate.Imaging;

/// <summary>Translates Hugging Face's <c>preprocessor_config.json</c> to an <see cref="ImageTransform"/> and back, with each processor's own defaults for what the file leaves out.</summary>
internal static class PreprocessorConfig
{
    private const string FileName = "preprocessor_config.json";
    private static readonly double[] ClipMean = [0.48145466, 0.4578275, 0.40821073];
    private static readonly double[] ClipDeviation = [0.26862954, 0.26130258, 0.27577711];
    private static readonly ImageSize[] DefaultCanvases = [new(672, 336), new(336, 672), new(672, 672), new(336, 1008), new(1008, 336)];
    private static readonly double[] Halves = [0.5, 0.5, 0.5];

    private static readonly Dictionary<string, Defaults> Known = new(StringComparer.Ordinal)
    {
        ["CLIP"] = new(true, "{\"shortest_edge\":224}", 3, ClipMean, ClipDeviation),
        ["Bit"] = new(true, "{\"shortest_edge\":224}", 3, ClipMean, ClipDeviation),
        ["Llava"] = new(true, "{\"shortest_edge\":224}", 3, ClipMean, ClipDeviation),
        ["LlavaNext"] = new(true, "{\"shortest_edge\":224}", 3, ClipMean, ClipDeviation),
        ["Siglip"] = new(false, "{\"height\":224,\"width\":224}", 3, Halves, Halves),
        ["ViT"] = new(false, "{\"height\":224,\"width\":224}", 2, Halves, Halves),
        ["ConvNext"] = new(false, "{\"shortest_edge\":384}", 2, Halves, Halves),
    };

    public static ImageTransform Load(string path)
    {
        if (Directory.Exists(path))
        {
            path = Path.Combine(path, FileName);
        }

        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{path}: the image processor's settings cannot be read ({failure.Message}). Name a {FileName} or the folder that holds one.", failure);
        }

        return Parse(text, path);
    }

    public static ImageTransform Parse(string text, string origin)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ImageException($"{origin}: expected a JSON object, found {document.RootElement.ValueKind}.");
            }

            return Read(new Reader(document.RootElement, origin)).Validated(origin);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name with half of a surrogate pair.
            throw new ImageException($"{origin}: not valid JSON: {failure.Message}", failure);
        }
    }

    public static void Save(ImageTransform transform, string path)
    {
        var exact = transform.ExactSize;
        var json = new JsonObject
        {
            ["image_processor_type"] = transform.Canvases is not null ? "LlavaNextImageProcessor" : transform.Crop is null && transform.ShortestEdge is null ? "SiglipImageProcessor" : "CLIPImageProcessor",
            ["do_convert_rgb"] = true,
            ["do_resize"] = exact is not null || transform.ShortestEdge is not null,
            ["size"] = exact is { } size ? SizeNode(size) : new JsonObject { ["shortest_edge"] = transform.ShortestEdge ?? transform.Crop?.Height ?? 0 },
            ["resample"] = (int)transform.Filter,
            ["do_center_crop"] = transform.Crop is not null,
            ["do_rescale"] = transform.RescaleFactor != 1,
            ["rescale_factor"] = transform.RescaleFactor,
            ["do_normalize"] = true,
            ["image_mean"] = new JsonArray([.. transform.Mean.Select(x => JsonValue.Create(x))]),
            ["image_std"] = new JsonArray([.. transform.Deviation.Select(x => JsonValue.Create(x))]),
        };
        if (transform.Crop is { } crop)
        {
            json["crop_size"] = SizeNode(crop);
        }

        if (transform.PadToSquare)
        {
            json["image_aspect_ratio"] = "pad";
        }

        if (transform.Canvases is { } canvases)
        {
            json["image_grid_pinpoints"] = new JsonArray([.. canvases.Select(canvas => (JsonNode)new JsonArray(canvas.Height, canvas.Width))]);
        }

        WholeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n"));
    }

    private static JsonObject SizeNode(ImageSize size) => new() { ["height"] = size.Height, ["width"] = size.Width };

    private static ImageTransform Read(Reader config)
    {
        var family = config.Family();
        if (!Known.TryGetValue(family, out var defaults))
        {
            throw new ImageException(
                $"{config.Origin}: 'image_processor_type' is '{family}ImageProcessor', which is not known; known are {string.Join(", ", Known.Keys.Select(x => x + "ImageProcessor"))}.");
        }

        using var standard = JsonDocument.Parse(defaults.Size);
        var (shortest, exact) = config.Size(standard.RootElement, family is "CLIP" or "Bit" or "Llava" or "LlavaNext" or "ConvNext");
        var crops = config.Flag("do_center_crop", defaults.Crops);
        ImageSize? crop = crops ? config.CropSize() : null;
        if (family == "ConvNext" && shortest is { } edge)
        {
            // Below 384 pixels ConvNext enlarges by 1 / crop_pct and cuts the rest away; from 384 on it resizes to the square.
            (shortest, exact, crop) = edge < 384
                ? ((int?)(int)(edge / config.Number("crop_pct", 224.0 / 256)), (ImageSize?)null, (ImageSize?)new ImageSize(edge, edge))
                : (null, new ImageSize(edge, edge), null);
        }

        if (!config.Flag("do_resize", true))
        {
            (shortest, exact) = (null, null);
        }

        var normalises = config.Flag("do_normalize", true);
        return new ImageTransform
        {
            PadToSquare = config.Text("image_aspect_ratio") == "pad" || (family == "Llava" && config.Flag("do_pad", false)),
            ShortestEdge = shortest,
            ExactSize = exact,
            Crop = crop,
            Canvases = family == "LlavaNext" ? config.Sizes("image_grid_pinpoints") ?? DefaultCanvases
                : config.Text("image_aspect_ratio")?.StartsWith("anyres", StringComparison.Ordinal) == true ? config.Sizes("image_grid_pinpoints") : null,
            Filter = (ResampleFilter)(int)config.Number("resample", defaults.Resample),
            RescaleFactor = config.Flag("do_rescale", true) ? config.Number("rescale_factor", 1 / 255.0) : 1,
            Mean = normalises ? config.Numbers("image_mean", defaults.Mean) : [0, 0, 0],
            Deviation = normalises ? config.Numbers("image_std", defaults.Deviation) : [1, 1, 1],
        };
    }

    private sealed record Defaults(bool Crops, string Size, int Resample, double[] Mean, double[] Deviation);

    /// <summary>Typed look-ups that name the file and the key when something else stands there.</summary>
    private sealed class Reader(JsonElement root, string origin)
    {
        public string Origin => origin;

        public string Family()
        {
            var name = Text("image_processor_type") ?? Text("feature_extractor_type");
            if (name is null)
            {
                return Find("size") is { ValueKind: JsonValueKind.Object } size && size.TryGetProperty("height", out _) ? "Siglip" : "CLIP";
            }

            foreach (var ending in (string[])["Fast", "ImageProcessor", "FeatureExtractor"])
            {
                name = name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
            }

            return name;
        }

        public string? Text(string key) => Find(key) is not { } value ? null
            : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(key, "a text", value);

        public bool Flag(string key, bool otherwise) => Find(key) is not { } value ? otherwise : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(key, "true or false", value),
        };

        public double Number(string key, double otherwise) => Find(key) is not { } value ? otherwise
            : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Wrong(key, "a number", value);

        public double[] Numbers(string key, double[] otherwise) => Find(key) is not { } value ? otherwise
            : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(x => x.ValueKind == JsonValueKind.Number)
                ? [.. value.EnumerateArray().Select(x => x.GetDouble())]
                : throw Wrong(key, "a list of numbers", value);

        public ImageSize[]? Sizes(string key)
        {
            if (Find(key) is not { } value)
            {
                return null;
            }

            return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(pair => pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2)
                ? [.. value.EnumerateArray().Select(pair => new ImageSize(Side(key, pair[1]), Side(key, pair[0])))]
                : throw Wrong(key, "a list of sizes, each [height, width]", value);
        }

        public ImageSize CropSize()
        {
            using var standard = JsonDocument.Parse("224");
            var value = Find("crop_size") ?? standard.RootElement;
            return value.ValueKind == JsonValueKind.Number ? Square(Side("crop_size", value)) : Sides("crop_size", value);
        }

        public (int? Shortest, ImageSize? Exact) Size(JsonElement standard, bool numberIsShortest)
        {
            var value = Find("size") ?? standard;
            return value.ValueKind switch
            {
                JsonValueKind.Number when numberIsShortest => (Side("size", value), null),
                JsonValueKind.Number => (null, Square(Side("size", value))),
                JsonValueKind.Object when value.TryGetProperty("shortest_edge", out var edge) && value.EnumerateObject().Count() == 1 => (Side("size.shortest_edge", edge), null),
                _ => (null, Sides("size", value)),
            };
        }

        private static ImageSize Square(int side) => new(side, side);

        private ImageSize Sides(string key, JsonElement value) =>
            value.ValueKind == JsonValueKind.Object && value.TryGetProperty("height", out var height) && value.TryGetProperty("width", out var width)
                ? new ImageSize(Side(key + ".width", width), Side(key + ".height", height))
                : throw Wrong(key, "{\"shortest_edge\": n} (size only) or {\"height\": n, \"width\": n}", value);

        private int Side(string key, JsonElement value) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var side) && side is >= 1 and <= 16_384
                ? side
                : throw Wrong(key, "a whole number from 1 to 16384", value);

        private JsonElement? Find(string key) => root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private ImageException Wrong(string key, string expected, JsonElement found)
        {
            var text = found.GetRawText();
            return new($"{origin}: '{key}' must be {expected}, found {(text.Length > 60 ? text[..60] + "…" : text)}.");
        }
    }
}
