using Collimate.Imaging;

namespace Collimate.Tests.Imaging;

public sealed class ImageProcessorTests
{
    [Fact]
    public void Process_NoSteps_GivesPlanesOfNormalisedBytes()
    {
        var processor = new ImageProcessor(new ImageTransform { ExactSize = new(2, 1), Mean = [0, 0.5, 1], Deviation = [1, 0.5, 2] });
        var values = processor.Process(new Image(2, 1, 3, [0, 255, 51, 255, 0, 255]));
        Assert.Equal([0f, 1f, 1f, -1f, ((float)0.2 - 1) / 2, 0f], values);
    }

    [Fact]
    public void Process_WrongDestination_IsRefused()
    {
        var processor = new ImageProcessor(new ImageTransform { ExactSize = new(4, 4) });
        Assert.Throws<ArgumentException>(() => processor.Process(HandMade.Picture(), new float[47]));
    }

    [Theory]
    [InlineData(640, 427, 224, 335, 224)]
    [InlineData(427, 640, 224, 224, 335)]
    [InlineData(100, 100, 336, 336, 336)]
    [InlineData(3, 600, 7, 7, 1400)]
    public void KeepShape_AnySize_TruncatesTheLongSide(int width, int height, int shortest, int newWidth, int newHeight) =>
        Assert.Equal((newWidth, newHeight), ImageProcessor.KeepShape(width, height, shortest));

    [Fact]
    public void Fit_PadToSquare_CentresOnTheMeanColour()
    {
        var processor = new ImageProcessor(new ImageTransform { PadToSquare = true, ExactSize = new(5, 5), Mean = [0.48145466, 0.4578275, 0.40821073] });
        var square = processor.Fit(Image.Filled(5, 2, 1, 2, 3));
        Assert.Equal([122, 116, 104], square.Pixels[..3]);
        Assert.Equal([1, 2, 3], square.Crop(0, 1, 1, 1).Pixels);
        Assert.Equal([1, 2, 3], square.Crop(4, 2, 1, 1).Pixels);
        Assert.Equal([122, 116, 104], square.Crop(4, 3, 1, 1).Pixels);
    }

    [Fact]
    public void Fit_CropLargerThanThePicture_SurroundsItWithBlack()
    {
        var processor = new ImageProcessor(new ImageTransform { Crop = new(4, 3) });
        var fitted = processor.Fit(Image.Filled(1, 1, 9, 9, 9));
        Assert.Equal([9, 9, 9], fitted.Crop(2, 1, 1, 1).Pixels); // HF puts the odd pixel before the picture
        Assert.Equal(27, fitted.Pixels.Sum(x => x));
    }

    [Fact]
    public void Parse_ConvNextBelow384_EnlargesByTheCropShare()
    {
        var transform = PreprocessorConfig.Parse("""{"image_processor_type":"ConvNextImageProcessor","size":{"shortest_edge":224},"crop_pct":0.875}""", "p.json");
        Assert.Equal((256, new ImageSize(224, 224)), (transform.ShortestEdge, transform.Crop));
        var large = PreprocessorConfig.Parse("""{"image_processor_type":"ConvNextImageProcessor"}""", "p.json");
        Assert.Equal((new ImageSize(384, 384), null), (large.ExactSize, large.Crop));
    }

    [Fact]
    public void Parse_OldAndFastNames_MeanTheSame()
    {
        var old = PreprocessorConfig.Parse("""{"feature_extractor_type":"CLIPFeatureExtractor","size":224,"crop_size":224}""", "p.json");
        var fast = PreprocessorConfig.Parse("""{"image_processor_type":"CLIPImageProcessorFast","size":{"shortest_edge":224},"crop_size":{"height":224,"width":224}}""", "p.json");
        Assert.Equal((224, new ImageSize(224, 224), ResampleFilter.Bicubic), (old.ShortestEdge, old.Crop, old.Filter));
        Assert.Equal((old.ShortestEdge, old.Crop, old.Filter), (fast.ShortestEdge, fast.Crop, fast.Filter));
        Assert.Equal(new ImageSize(96, 96), PreprocessorConfig.Parse("""{"image_processor_type":"ViTFeatureExtractor","size":96}""", "p.json").ExactSize);
    }

    [Theory]
    [InlineData("[]", "a JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"image_processor_type":"FuyuImageProcessor"}""", "'FuyuImageProcessor', which is not known")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","size":"big"}""", "'size' must be")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":-1}}""", "'size.shortest_edge' must be a whole number")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","crop_size":{"height":9}}""", "'crop_size' must be")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","image_std":[1,1,0]}""", "'image_std' must be")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","image_mean":0.5}""", "'image_mean' must be a list")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","resample":77}""", "'resample' must be")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","do_resize":"yes"}""", "'do_resize' must be true or false")]
    public void Parse_WhatIsNotUnderstood_NamesFileAndKey(string json, string expected)
    {
        var message = Assert.Throws<ImageException>(() => PreprocessorConfig.Parse(json, "p.json")).Message;
        Assert.StartsWith("p.json: ", message);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void New_NoFixedSize_IsRefused() =>
        Assert.Contains("fixes no output size", Assert.Throws<ImageException>(() => new ImageProcessor(new ImageTransform { ShortestEdge = 9 })).Message);

    [Fact]
    public void SaveLoad_EveryKind_ReturnsTheSameTransform()
    {
        var folder = Directory.CreateTempSubdirectory("collimate-processor-");
        try
        {
            foreach (var transform in (ImageTransform[])
            [
                new() { ExactSize = new(96, 80), Filter = ResampleFilter.Bilinear },
                new() { ShortestEdge = 256, Crop = new(224, 224), Mean = [0.1, 0.2, 0.3], Deviation = [1, 2, 3], RescaleFactor = 1 },
                new() { ShortestEdge = 336, Crop = new(336, 336), PadToSquare = true },
                new() { Crop = new(50, 50) },
            ])
            {
                transform.Save(Path.Combine(folder.FullName, "preprocessor_config.json"));
                var again = ImageTransform.Load(folder.FullName);
                Assert.Equal(transform with { Mean = again.Mean, Deviation = again.Deviation }, again);
                Assert.Equal(transform.Mean, again.Mean);
                Assert.Equal(transform.Deviation, again.Deviation);
            }

            Assert.Single(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_MissingFile_NamesIt() =>
        Assert.StartsWith("/nowhere/p.json: ", Assert.Throws<ImageException>(() => ImageProcessor.Load("/nowhere/p.json")).Message);
}
