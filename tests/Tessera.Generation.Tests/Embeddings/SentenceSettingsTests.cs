namespace Tessera.Generation.Tests.Embeddings;

public sealed class SentenceSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tessera-sentence-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AFolderWithoutFilesMeansTheMeanAtLengthOne()
    {
        var settings = SentenceSettings.Load(_folder);
        settings.Pooling.ShouldBe([SentencePooling.Mean]);
        settings.Normalise.ShouldBeTrue();
        settings.MaxTokens.ShouldBeNull();
    }

    [Fact]
    public void TheFilesRule()
    {
        Write("sentence_bert_config.json", """{"max_seq_length": 256, "do_lower_case": true}""");
        Write("modules.json", """[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Pooling"}]""");
        Write("1_Pooling/config.json", """{"word_embedding_dimension": 4, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false, "pooling_mode_max_tokens": true}""");
        var settings = SentenceSettings.Load(_folder);
        settings.MaxTokens.ShouldBe(256);
        settings.LowerCase.ShouldBeTrue();
        settings.Normalise.ShouldBeFalse();
        settings.Pooling.ShouldBe([SentencePooling.First, SentencePooling.Max]);
    }

    [Theory]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_cls_token": false}""")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_cls_token": 1}""")]
    [InlineData("sentence_bert_config.json", """{"max_seq_length": 0}""")]
    [InlineData("modules.json", """{"type": "x"}""")]
    [InlineData("modules.json", "[{}]")]
    [InlineData("modules.json", "[")]
    public void WhatIsMalformedIsRefused(string file, string text)
    {
        Write(file, text);
        Should.Throw<MalformedInputException>(() => SentenceSettings.Load(_folder)).File.ShouldContain(Path.GetFileName(file));
    }

    [Fact]
    public void AStepThatDoesNotExistIsRefusedByName()
    {
        Write("modules.json", """[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Dense"}]""");
        Should.Throw<UnsupportedFeatureException>(() => SentenceSettings.Load(_folder)).Message.ShouldContain("Dense");
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
