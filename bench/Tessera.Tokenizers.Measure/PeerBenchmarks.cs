using BenchmarkDotNet.Attributes;

namespace Tessera.Tokenizers.Measure;

/// <summary>Later passes of the .NET peers over pieces of 4 kB, under BenchmarkDotNet. Its first row is this library.</summary>
[MemoryDiagnoser]
public class PeerBenchmarks
{
    private string[] _pieces = [];
    private IPeer _peer = null!;

    /// <summary>Who encodes: the vocabulary and the library.</summary>
    [ParamsSource(nameof(Contenders))]
    public string Contender { get; set; } = "";

    /// <summary>The corpus.</summary>
    [Params(0, 1)]
    public int Corpus { get; set; }

    /// <summary>Every library that gives the ids of a vocabulary; Microsoft's BERT gives others in some texts.</summary>
    public static IEnumerable<string> Contenders()
    {
        foreach (var vocabulary in Peers.Vocabularies)
        {
            foreach (var library in (string[])["Tessera", "Microsoft.ML.Tokenizers", "SharpToken", "Tokenizers.DotNet"]) yield return $"{vocabulary}, {library}";
        }

        if (Peers.MiniLm is null) yield break;
        foreach (var library in (string[])["Tessera", "FastBertTokenizer"]) yield return $"all-MiniLM-L6-v2, {library}";
    }

    /// <summary>Loads, and refuses a peer whose ids differ.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var (vocabulary, library) = Contender.Split(", ") is [var first, var second] ? (first, second) : throw new InvalidOperationException($"\"{Contender}\" is none of {nameof(Contenders)}.");
        var peers = Peers.Of(Peers.Vocabularies.Contains(vocabulary) ? vocabulary : Peers.MiniLm!);
        _pieces = [.. Texts.Pieces(Texts.Documents(Texts.Defaults[Corpus])).Take(250)];
        _peer = peers.Single(p => p.Name == library);
        if (_pieces.Any(text => !_peer.Encode(text).SequenceEqual(peers[0].Encode(text)))) throw new InvalidOperationException($"{Contender} gives other ids.");
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
