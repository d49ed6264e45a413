"""File name endings, and which of them are also top-level domains."""

FILE_ENDINGS = frozenset(
    """
    7z a3x accdb ace ade ahk amr ani apk app appimage appx arj asax ashx asmx asp aspx au3 avi axd bak
    bash bat bin bmp bz2 c cab cc cdr cer cert cfg cfm cgi chm class cmd cnf com conf core cpl cpp crt
    crx cs css csv cur dat db dbf deb der desktop dex dll dmg dmp doc docb docm docx dot dotm dotx drv
    elf eml emf eps evt evtx exe fon gadget gif git go gpg gz gzip h hlp hpp hta htm html hwp ico idx
    img inc inf ini ins iqy iso isp jar java jnlp job jpeg jpg js jse json jsp jspx key keystore kext ko
    lib lnk local lock log lua lzh m4a macho mak manifest md mdb mht mhtml mod mov mp3 mp4 mpeg mpg msc
    msg msi msix mso msp mst mui nib nls npz o ocx odp ods odt old one p12 p7b part pcap pcapng pdb pdf
    pem pfx php php3 php5 phtml pif pkg pl plist pm png pot potm potx ppam ppk pps ppsm ppsx ppt pptm
    pptx prf prg profile properties ps ps1 ps1xml psd1 psm1 psp pst pub py pyc pyd pyo rar raw rb rc reg
    rels res resx rpm rs rst rtf run sav scf scpt scr sct sdb service settingcontent-ms sh shb shs sldm
    slk so sql sqlite squashfs stl svg swf swift sys tar targz temp tgz theme thmx tif tiff tmp toc tpl
    ts ttf txt url user vb vba vbe vbs vcf vhd vhdx virus vmdk vmem war wasm wav wbk webm webp wiz wim
    wll wma wmf wmv woff woff2 wpl ws wsc wsf wsh xap xbap xhtml xla xlam xll xlm xls xlsb xlsm xlsx xlt
    xltm xltx xml xnk xpi xps xsl xz yaml yar yara yml z zip zipx zst
    """.split()  # noqa: SIM905 (a list of 250 quoted words is hard to read)
)

# Endings that are also top-level domains. In running text a bare "setup.zip" or "install.sh" is a file;
# written "setup[.]zip" it is a host. Endings with far more hosts than files (com, app, pl, ws) are left out.
DOUBTFUL_ENDINGS = frozenset(
    ("cab", "cc", "dot", "java", "md", "mov", "pm", "properties", "ps", "py", "rs", "sh", "so", "zip")
)
