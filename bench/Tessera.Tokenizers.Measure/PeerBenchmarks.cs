using BenchmarkDotNet.Attributes;

namespace Tessera.Tokenizers.Measure;

/// <summary>Later passes of the .NET peers over pieces of 4 kB, under BenchmarkDotNet. Its first row is this library.</summary>
[MemoryDiagnoser]
public class PeerBenchmarks
{
    private string[] _pieces = [];
    private IPeer _peer = null!;

    /// <summary>The vocabulary.</summary>
    [Params("o200k_base", "cl100k_base")]
    public string Vocabulary { get; set; } = "";

    /// <summary>The library.</summary>
    [Params("Tessera", "Microsoft.ML.Tokenizers", "SharpToken", "Tokenizers.DotNet")]
    public string Library { get; set; } = "";

    /// <summary>The corpus.</summary>
    [Params(0, 1)]
    public int Corpus { get; set; }

    /// <summary>Loads, and refuses a peer whose ids differ.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var peers = Peers.Of(Vocabulary);
        _pieces = [.. Texts.Pieces(Texts.Documents(Texts.Defaults[Corpus])).Take(250)];
        _peer = peers.Single(p => p.Name == Library);
        if (_pieces.Any(text => !_peer.Encode(text).SequenceEqual(peers[0].Encode(text)))) throw new InvalidOperationException($"{Library} gives other ids.");
    }

    /// <summary>One pass over a megabyte.</summary>
    [Benchmark]
    public int Encode()
    {
        var count = 0;
        foreach (var piece in _pieces) count += _peer.Encode(piece).Count;
        return count;
    }
}
